"""What an association owes the public and its members to know, what it promises, and which honours and lists name it (R16, R35, R50, R74, R75). Zone."""
