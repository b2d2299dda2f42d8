"""SASG-DA: training data that a user does not have to record (SYSTEMS 4). Offline only, and for learning only."""
