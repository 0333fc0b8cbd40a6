package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"hilltop/ui"
)

// guide is what an empty appliance says: how to get packets in.
func (s *Server) guide(r *http.Request, now time.Time) ui.SetUp {
	host := pageHost(r.Host)
	b := s.broker()
	g := ui.SetUp{
		Host: host, Broker: s.BrokerPort, Web: pagePort(r.Host, s.HTTPPort), Here: isHere(host),
		Since: moment(s.Started.UnixMilli(), now), BadPort: b.Error, NoBroker: b.Off,
		Demo: s.program() + " demo --http :8081 --broker :1884",
	}
	port := s.BrokerPort
	if port == "" {
		port = "1883"
	}
	fill := strings.NewReplacer("<host>", host, "<port>", port, "<web>", g.Web)
	for _, x := range recipes() {
		x.Text, x.Note = fill.Replace(x.Text), fill.Replace(x.Note)
		g.Recipes = append(g.Recipes, x)
	}
	g.Check = fill.Replace(`mosquitto_pub -h <host> -p <port> -t meshcore/XXX/` + strings.Repeat("0A", 32) + `/status \
  -m '{"status":"online","origin":"Test","origin_id":"` + strings.Repeat("0A", 32) + `"}'`)
	return g
}

// program is how this program was called, for commands that a person may enter
// beside it.
func (s *Server) program() string {
	if s.Program == "" || strings.ContainsFunc(s.Program, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune("'\"\\$`;&|<>()*?!#", c) }) {
		return "hilltop"
	}
	return s.Program
}

// pageHost is the name under which the page was asked for, if it can stand in
// a configuration file.
func pageHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	name := strings.Trim(host, "[]")
	odd := func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(".-:_", c))
	}
	if name == "" || strings.ContainsFunc(name, odd) {
		return "this-machine"
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

// pagePort is the port under which the page was asked for.
func pagePort(host, listening string) string {
	if _, p, err := net.SplitHostPort(host); err == nil && p != "" && !strings.ContainsFunc(p, func(c rune) bool { return c < '0' || c > '9' }) {
		return p
	}
	if listening == "" {
		return "80"
	}
	return listening
}

// isHere tells of a name that means another machine everywhere else.
func isHere(host string) bool {
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && a.IsLoopback()
}

// recipes are those of mqtt-publishing software for MeshCore, with <host>,
// <port> and <web> where this machine's name and ports go.
func recipes() []ui.Recipe {
	return []ui.Recipe{
		{
			Name:  "meshcoretomqtt",
			Where: "/etc/mctomqtt/config.d/99-user.toml, then: systemctl restart mctomqtt",
			Text: `[general]
iata = "XXX"

[serial]
ports = ["/dev/ttyACM0"]

[[broker]]
name = "hilltop"
enabled = true
server = "<host>"
port = <port>
transport = "tcp"          # or "websockets" with port = <web>
keepalive = 60
qos = 0
retain = true

[broker.tls]
enabled = false

[broker.auth]
method = "none"            # or "password" with username and password
`,
			Note: "The radio's firmware must be built with MESH_PACKET_LOGGING=1.",
		},
		{
			Name:  "meshcore-packet-capture",
			Where: "Environment, or the file .env.local",
			Text: `PACKETCAPTURE_IATA=XXX
PACKETCAPTURE_CONNECTION_TYPE=serial
PACKETCAPTURE_SERIAL_PORTS=/dev/ttyUSB0
PACKETCAPTURE_MQTT1_ENABLED=true
PACKETCAPTURE_MQTT1_SERVER=<host>
PACKETCAPTURE_MQTT1_PORT=<port>
PACKETCAPTURE_MQTT1_TRANSPORT=tcp
PACKETCAPTURE_TOPIC_STATUS=meshcore/{IATA}/{PUBLIC_KEY}/status
PACKETCAPTURE_TOPIC_PACKETS=meshcore/{IATA}/{PUBLIC_KEY}/packets
`,
			Note: "Over WebSocket: TRANSPORT=websockets and PORT=<web>. The topics keep it from the short form, which names no region.",
		},
		{
			Name:  "Firmware with MQTT built in",
			Where: "On the serial console or by remote admin; slot 3 stands for any that is free",
			Text: `set mqtt.iata XXX
set wifi.ssid MyNet
set wifi.pwd MyPassword
set mqtt3.preset custom
set mqtt3.server <host>
set mqtt3.port <port>
set mqtt.rx on
set mqtt.tx advert
set mqtt.status on
reboot
get mqtt.status
`,
		},
		{
			Name:  "pyMC / openHop repeater",
			Where: "config.yaml",
			Text: `mqtt_brokers:
  iata_code: "XXX"
  status_interval: 300
  brokers:
    - name: hilltop
      enabled: true
      host: <host>
      port: <port>
      transport: tcp
      format: meshcoretomqtt
      use_jwt_auth: false
      retain_status: false
      publish_tx: "on"
      tls: {enabled: false, insecure: false}
`,
		},
		{
			Name:  "meshcore-bot, packet capture",
			Where: "config.ini",
			Text: `[PacketCapture]
enabled = true
iata = XXX
mqtt1_enabled = true
mqtt1_server = <host>
mqtt1_port = <port>
mqtt1_transport = tcp
mqtt1_topic_status = meshcore/{IATA}/{PUBLIC_KEY}/status
mqtt1_topic_packets = meshcore/{IATA}/{PUBLIC_KEY}/packets
`,
		},
		{
			Name:  "Home Assistant",
			Where: "Settings → Devices & Services → MeshCore → Configure → Manage MQTT Brokers → Add",
			Text: `Server         <host>
Port           <port>
Transport      tcp, TLS off
Payload mode   packet
Status topic   meshcore/{IATA}/{PUBLIC_KEY}/status
Packets topic  meshcore/{IATA}/{PUBLIC_KEY}/packets
IATA           XXX
`,
		},
		{
			Name:  "Remote Terminal for MeshCore",
			Where: "Settings → Integrations → Community MQTT",
			Text: `Host            <host>
Port            <port>
Transport       tcp, TLS off
Authentication  none
IATA            XXX
Topic           meshcore/{IATA}/{PUBLIC_KEY}/packets
`,
		},
	}
}
