"""Learning from outcomes [从对接结果校准权重]: never online; a new version of the weights is proposed, judged, shown, and released by a person."""
