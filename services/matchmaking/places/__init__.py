"""Room of places: clusters and incubators with their units and tenants, and parks run by associations [集聚区、孵化基地、产业园区]."""
