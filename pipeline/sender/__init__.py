"""The service: the policy asked, the decision applied, the mail handed over."""
