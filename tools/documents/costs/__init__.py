"""What a stage costs a month, from what its templates create and a model of its traffic; docs/costs.md is the table."""
