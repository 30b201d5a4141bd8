"""The reviewer's console: pages for the people who decide about held messages."""
