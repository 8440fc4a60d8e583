"""What the tests that walk over all routes of billing find there: a module for each part of it."""
