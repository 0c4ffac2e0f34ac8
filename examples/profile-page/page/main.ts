/** The console's page: what it shows comes from the server's events alone. */
document.title = 'Readside';
