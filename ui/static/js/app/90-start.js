// What every page does where scripts run. Pages are complete without it.

window.placed = zone();
await window.placed;
theme();
arrival();
forms();
menus();
ages();
copying();
finding();
keys();
unfolding();
folding();
pausing();
namingNodes();
starring();
follow();
