"""How a direction or a particle becomes an intensity."""
