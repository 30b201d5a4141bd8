"""The routes and field names that published MultiMail clients speak.

Translation only: every message goes through the same acceptance, the same gate and the same store
as one that came by the flat routes.
"""
