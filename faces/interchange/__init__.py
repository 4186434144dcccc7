"""How other programs write down who is where in a photo: bytes and JSON in, dataclasses out.

Knows no Django and no database.
"""
