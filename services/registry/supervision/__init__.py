"""What the departments watch over: annual reports and checks, credit lists. Zone."""
