"""What leaves the house: submissions, adapters on the Hub, task data for others."""
