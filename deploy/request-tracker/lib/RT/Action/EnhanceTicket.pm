package RT::Action::EnhanceTicket;

# Sends a new or resolved ticket to ticket-enhancer, as a webhook that is signed by https://www.standardwebhooks.com.
# Configuration, in RT_SiteConfig.d: $TicketEnhancerURL and $TicketEnhancerSecretFile. docs/desks/request-tracker.md
# says how to install it.
#
# It never fails a change of the ticket: errors are in RT's log, and rt-crontool can send the ticket again.

use strict;
use warnings;

use base 'RT::Action';

use Digest::SHA qw(hmac_sha256);
use JSON ();
use LWP::UserAgent ();
use MIME::Base64 qw(decode_base64 encode_base64);

# Seconds. Saving a ticket waits for the answer, which takes the service at most 1.5.
my $timeout = 5;

# Characters of each text; the service takes 1 MiB in all.
my $longest_text = 150_000;

# Part of each comment of the service, which is not a resolution.
my $marker = 'ticket-enhancer#';

sub Describe { return 'Sends the ticket to ticket-enhancer' }

sub Prepare {
    my $self = shift;
    my $missing = grep { !RT->Config->Get($_) } qw(TicketEnhancerURL TicketEnhancerSecretFile);
    RT->Logger->warning('ticket-enhancer: $TicketEnhancerURL or $TicketEnhancerSecretFile is not set') if $missing;
    return !$missing;
}

sub Commit {
    my $self = shift;
    my $sent = eval { $self->_Send(); 1 };
    my $id   = $self->TicketObj->Id;
    RT->Logger->error("ticket-enhancer: ticket $id was not sent: $@") unless $sent;
    return 1;
}

sub _Send {
    my $self = shift;
    my $body = JSON->new->utf8->canonical->encode( $self->_Fields );

    # The same for each attempt to send this event, so that it is accepted once.
    my $id        = join ':', RT->Config->Get('Organization'), 'transaction', $self->TransactionObj->Id;
    my $timestamp = time;
    my $signature = encode_base64( hmac_sha256( "$id.$timestamp.$body", _Secret() ), '' );

    my $agent = LWP::UserAgent->new( agent => "rt/$RT::VERSION ", timeout => $timeout, max_redirect => 0 );
    $agent->env_proxy;
    my $answer = $agent->post(
        RT->Config->Get('TicketEnhancerURL'),
        'Content-Type'      => 'application/json',
        'webhook-id'        => $id,
        'webhook-timestamp' => $timestamp,
        'webhook-signature' => "v1,$signature",
        Content             => $body,
    );
    die $answer->status_line . ' ' . substr( $answer->decoded_content // '', 0, 300 ) . "\n" if $answer->code != 202;
    RT->Logger->debug( 'ticket-enhancer: sent as ' . ( $answer->header('X-Correlation-Id') // $id ) );
    return;
}

# Read at each use: a renewed secret needs no restart.
sub _Secret {
    my $file = RT->Config->Get('TicketEnhancerSecretFile');
    open my $handle, '<:raw', $file or die "cannot read $file: $!\n";
    my $secret = do { local $/; <$handle> };
    close $handle;
    $secret =~ s/\A\s+|\s+\z//g;
    die "$file is empty\n" if $secret eq '';
    return $secret =~ s/\Awhsec_// ? decode_base64($secret) : $secret;
}

sub _Fields {
    my $self   = shift;
    my $ticket = $self->TicketObj;
    my $first  = $ticket->Transactions;
    $first->Limit( FIELD => 'Type', VALUE => 'Create' );
    my %fields = (
        ticket_id   => $ticket->Id,
        subject     => $ticket->Subject,
        description => _TextOf( $first->First ),
    );
    if ( $self->TransactionObj->Type eq 'Create' ) {
        return {
            %fields,
            event      => 'ticket_created',
            priority   => $ticket->PriorityAsString || $ticket->Priority,
            created_at => $ticket->CreatedObj->W3CDTF( Timezone => 'UTC' ),
        };
    }
    return {
        %fields,
        event       => 'ticket_resolved',
        resolution  => $self->_Resolution,
        resolved_at => $ticket->ResolvedObj->W3CDTF( Timezone => 'UTC' ),
        tags        => [ $ticket->QueueObj->Name ],
    };
}

# The resolution: the comment or reply with which the staff resolved the ticket, else their last reply to the requestor, else
# their last comment.
sub _Resolution {
    my $self   = shift;
    my $ticket = $self->TicketObj;
    my @with   = reverse grep { defined } @{ $ticket->TransactionBatch || [] };
    for my $type (qw(Correspond Comment)) {
        my $text = $self->_WordsOf( grep { $_->Type eq $type } @with );
        return $text if defined $text;
    }
    for my $type (qw(Correspond Comment)) {
        my $answers = $ticket->Transactions;
        $answers->Limit( FIELD => 'Type', VALUE => $type );
        $answers->OrderBy( FIELD => 'id', ORDER => 'DESC' );
        $answers->RowsPerPage(50);
        my $text = $self->_WordsOf( @{ $answers->ItemsArrayRef } );
        return $text if defined $text;
    }
    return;
}

# The first text that is neither the requestor's nor the service's.
sub _WordsOf {
    my ( $self, @answers ) = @_;
    for my $answer (@answers) {
        next if $self->TicketObj->IsRequestor( $answer->CreatorObj->PrincipalId );
        my $text = _TextOf($answer);
        return $text if defined $text && $text =~ /\S/ && index( $text, $marker ) < 0;
    }
    return;
}

# Plain text or HTML; the service converts HTML to text.
sub _TextOf {
    my $transaction = shift or return;
    my $content = $transaction->ContentObj or return;
    return substr $content->Content // '', 0, $longest_text;
}

RT::Base->_ImportOverlays();

1;
