"""What an attacker would try, over all addresses at once."""
