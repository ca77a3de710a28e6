"""The ways to reach a customer: one narrow interface, one file per provider, a stand-in beside."""
