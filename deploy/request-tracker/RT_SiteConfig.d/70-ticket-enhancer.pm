# The address to which the scrips of ticket-enhancer send tickets, and the secret that signs them (the tenant's desk_signature).
Set($TicketEnhancerURL, 'https://enhancer.example.com/webhook/request-tracker/acme');
Set($TicketEnhancerSecretFile, '/etc/request-tracker5/ticket-enhancer.secret');

1;
