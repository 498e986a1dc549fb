// Carries the precompiled header for every other target.
