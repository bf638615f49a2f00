"""What happened, as frozen records: the only things that cross from the outside world into huasuan."""
