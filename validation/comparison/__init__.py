"""What was simulated beside what is predicted, and the verdict."""
