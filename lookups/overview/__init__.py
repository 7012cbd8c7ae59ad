"""Pages that combine rooms: the numbers page, who looked, statistics, the first page. No tables of its own."""
