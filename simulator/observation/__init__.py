"""The sky as an experiment sees it: exposure, counts, removal of m = 0, and the spectrum of a part of the sky."""
