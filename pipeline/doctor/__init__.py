"""What stands in the way of mail that arrives: checks with what, where and how to mend."""
