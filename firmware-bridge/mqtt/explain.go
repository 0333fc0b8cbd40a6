package mqtt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Fault is an error in a person's words.
type Fault struct {
	What string // what is wrong
	Do   string // what to do about it, may be ""
}

// String is one sentence, or two.
func (f Fault) String() string {
	if f.Do == "" {
		return f.What
	}
	return f.What + "; " + f.Do
}

// explain puts what paho, net and crypto say into words.
func explain(err error) Fault {
	if err == nil {
		return Fault{}
	}
	for _, tell := range []func(error) (Fault, bool){explainMQTT, explainTLS, explainNet} {
		if f, ok := tell(err); ok {
			return f
		}
	}
	return Fault{What: err.Error()}
}

func explainMQTT(err error) (Fault, bool) {
	switch {
	case errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword):
		return Fault{"the broker refused user name or password", "check username and password, or jwt_key"}, true
	case errors.Is(err, packets.ErrorRefusedNotAuthorised):
		return Fault{"the broker refused the login: not authorised", "check username and password; a token is also refused when this machine's clock is wrong"}, true
	case errors.Is(err, packets.ErrorRefusedIDRejected):
		return Fault{"the broker refused the client id", "ask its operator which ids it takes"}, true
	case errors.Is(err, packets.ErrorRefusedServerUnavailable):
		return Fault{"the broker is not available now or is full", "it is tried again"}, true
	case errors.Is(err, packets.ErrorRefusedBadProtocolVersion):
		return Fault{"the broker does not speak MQTT 3.1.1", "ask its operator for another address"}, true
	case errors.Is(err, errNoTopic):
		return Fault{errNoTopic.Error(), "check topics: many brokers allow only meshcore/+/+/packets and the like, and only to accounts that may read"}, true
	case errors.Is(err, errHungUp):
		return Fault{errHungUp.Error(), "check topics: some brokers hang up on accounts that ask for more than they may read"}, true
	case errors.Is(err, errSilent):
		return Fault{err.Error(), "the connection is made anew"}, true
	}
	return Fault{}, false
}

func explainTLS(err error) (Fault, bool) {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		shake    *handshakeError
	)
	switch {
	case errors.As(err, &unknown):
		return Fault{"the broker's certificate is signed by an unknown authority", "give the authority's certificate as ca_file"}, true
	case errors.As(err, &hostname):
		return Fault{"the broker's certificate is for another name: " + hostname.Error(), "use the name in the certificate in url"}, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Fault{"the broker's certificate has expired or is not valid yet", "check this machine's clock, then tell the broker's operator"}, true
	case errors.As(err, &invalid):
		return Fault{"the broker's certificate is not valid: " + invalid.Error(), "tell the broker's operator"}, true
	case errors.As(err, &record):
		return Fault{"no TLS on this port", "use mqtt:// or ws://, or the port for TLS (usually 8883 or 443)"}, true
	case errors.As(err, &shake):
		return Fault{fmt.Sprintf("the server answered with HTTP status %d instead of a WebSocket", shake.status), "check the path in url: often /mqtt, /ws or /"}, true
	}
	return Fault{}, false
}

func explainNet(err error) (Fault, bool) {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return Fault{fmt.Sprintf("the name %s is not known", dns.Name), "check the host in url"}, true
	case errors.As(err, &dns):
		return Fault{fmt.Sprintf("the name %s cannot be looked up now", dns.Name), "check this machine's network and name server"}, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return Fault{"nothing listens at the broker's address", "check the port in url, and that the broker runs"}, true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Fault{"the broker's network cannot be reached", "check this machine's network"}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return Fault{"the broker did not answer in time", "check host and port in url, and firewalls between"}, true
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Fault{"the broker closed the connection", "check that port and scheme in url fit (TLS or not); another client with the same client id also has this effect"}, true
	}
	return Fault{}, false
}
