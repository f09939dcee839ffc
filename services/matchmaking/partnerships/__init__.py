"""Room of cross-region partnerships [跨区域合作]; public."""
