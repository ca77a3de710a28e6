"""Stories of orders as data: what a shop sends and when, and what the customer must receive."""
