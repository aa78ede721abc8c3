"""What a task gives to those who know no medicine: shortcuts, floors, and claims held to them."""
