"""`make load`: a load test of any URL of the shop, with journeys of shoppers and admins at an open-loop rate."""
