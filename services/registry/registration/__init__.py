"""How an association comes to be: the plan, the regime, the case. Zone: an application may be confidential."""
