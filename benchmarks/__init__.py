"""Speed, as ratios measured in one run: machines are noisy, ratios of one run are less so."""
