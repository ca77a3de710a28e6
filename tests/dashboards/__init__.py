"""`make dashboards`: draws the dashboards for the docs."""
