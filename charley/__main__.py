from charley.cli import main

main()
