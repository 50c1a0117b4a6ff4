"""What a shipment, a call and a state are: frozen types and tables, without disk, clock or network."""
