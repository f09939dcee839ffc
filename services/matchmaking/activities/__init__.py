"""Room of activities: what associations hold, from a forum to an exhibition, a contest or a day of service [活动、展会、赛事、公益]."""
