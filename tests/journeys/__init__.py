"""Random lives of orders, and whether their customers ever had to wonder."""
