"""What a person on call looks at: Grafana's dashboards, and the JSON that is made of them."""
