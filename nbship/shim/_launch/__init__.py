"""What starts a program in the world of a rehearsal: stand-alone programs, not for notebooks."""
