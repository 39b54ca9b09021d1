/* unit/sip/good_messages.h: twenty messages without a fault, as servers and clients send them. Each
 * ends where its last byte is needed: one byte less is PARTIAL. */
#ifndef LINEUP_TEST_GOOD_MESSAGES_H
#define LINEUP_TEST_GOOD_MESSAGES_H

#define GOOD_VIA "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK00000001a1b2c3d4;rport=5062\r\n"
#define GOOD_IDS \
	"From: <sip:1001@pbx.example>;tag=0a1b2c3d\r\n" \
	"To: <sip:1001@pbx.example>;tag=as5f3a\r\n" \
	"Call-ID: 7f000001@line\r\n" \
	"CSeq: 4711 REGISTER\r\n"
#define GOOD_END "Content-Length: 0\r\n\r\n"

static const char *const good_messages[] = {
	/* answers to a REGISTER */
	"SIP/2.0 200 OK\r\n" GOOD_VIA GOOD_IDS
	"Contact: <sip:1001@192.0.2.1:5062>;expires=3600\r\n" GOOD_END,
	"SIP/2.0 401 Unauthorized\r\n" GOOD_VIA GOOD_IDS
	"WWW-Authenticate: Digest realm=\"pbx\", nonce=\"b, \\\"c\\\"\", qop=\"auth,auth-int\"\r\n"
	"WWW-Authenticate: Digest realm=\"pbx\", nonce=\"d\", algorithm=SHA-256\r\n" GOOD_END,
	"SIP/2.0 407 Proxy Authentication Required\r\n" GOOD_VIA GOOD_IDS
	"Proxy-Authenticate: Digest realm=\"edge\",nonce=\"n\",stale=TRUE\r\n" GOOD_END,
	"SIP/2.0 423 Interval Too Brief\r\n" GOOD_VIA GOOD_IDS "Min-Expires: 1800\r\n" GOOD_END,
	"SIP/2.0 503 Service Unavailable\r\n" GOOD_VIA GOOD_IDS
	"Retry-After: 120 (I am in a meeting);duration=60\r\n" GOOD_END,
	"SIP/2.0 100 Trying\r\n" GOOD_VIA GOOD_IDS "\r\n",
	"SIP/2.0 302 Moved Temporarily\r\n" GOOD_VIA GOOD_IDS
	"Contact: <sip:1001@b.pbx.example>;q=0.5, <sip:1001@c.pbx.example>\r\n" GOOD_END,
	"SIP/2.0 403\r\n" GOOD_VIA GOOD_IDS "\r\n",
	"SIP/2.0 404 \r\n" GOOD_VIA GOOD_IDS "Warning: 399 pbx.example \"no such extension\"\r\n"
	"Reason: SIP;cause=404;text=\"gone\"\r\n" GOOD_END,
	"sip/2.0 200 OK\r\nv:SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK1\r\nf:sip:a@b;tag=1\r\n"
	"t:sip:a@b;tag=2\r\ni:c\r\ncseq:1 REGISTER\r\nm:<sip:a@[2001:db8::1]>\r\nl:0\r\n\r\n",
	/* folded, with blanks where they may stand */
	"SIP/2.0 200 OK\r\nVia :\r\n SIP / 2.0 / UDP\r\n\t192.0.2.1;branch=z9hG4bK2\r\n"
	"CSeq:\r\n 1\r\n REGISTER\r\nContent-Length:\r\n 0\r\n \r\n\r\n",
	"\r\n\r\nSIP/2.0 200 OK\r\n" GOOD_VIA GOOD_IDS
	"Contact: \"a, \\\"b\\\" <c>\" <sip:1001@192.0.2.1,x>;expires=60,\r\n"
	" <sip:1001@192.0.2.2>\r\n" GOOD_END,
	/* with a body */
	"SIP/2.0 488 Not Acceptable Here\r\n" GOOD_VIA GOOD_IDS
	"Content-Type: text/plain\r\nContent-Length: 12\r\n\r\nSIP/2.0\r\n\r\n?",
	/* requests */
	"OPTIONS sip:1001@192.0.2.1:5062 SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKopt\r\nMax-Forwards: 70\r\n" GOOD_IDS
	"Accept: application/sdp\r\n" GOOD_END,
	"NOTIFY sip:1001@192.0.2.1 SIP/2.0\r\n" GOOD_VIA GOOD_IDS
	"Event: message-summary\r\nSubscription-State: active\r\n"
	"Content-Type: application/simple-message-summary\r\nContent-Length: 23\r\n\r\n"
	"Messages-Waiting: yes\r\n",
	"INVITE tel:+4930123456 sip/2.0\r\n" GOOD_VIA
	"Record-Route: <sip:a;lr>, <sip:b;lr>\r\nRecord-Route: <sip:c;lr>\r\n" GOOD_IDS
	"l: 4\r\nc: application/sdp\r\n\r\nv=0\n",
	"REGISTER sip:pbx.example SIP/2.0\r\n" GOOD_VIA GOOD_IDS
	"Authorization: Digest username=\"1001\", realm=\"pbx\", nonce=\"n\", "
	"uri=\"sip:pbx.example\","
	" response=\"0123456789abcdef0123456789abcdef\"\r\nExpires: 3600\r\n" GOOD_END,
	"X sip:a SIP/2.0\r\n\r\n",
	"SIP sip:a SIP/2.0\r\nServer:\r\nUser-Agent:   \r\nX-Blank\t : x\r\n\r\n",
	"MESSAGE sip:a SIP/2.0\r\nSubject: \xd1\x80\xd0\xb0\xff\x01\x7f\t!\r\nX-A.!%*_+`'~: "
	":,;\"<\r\n"
	"k: path, outbound\r\no: x\r\n\r\n",
};

#define GOOD_COUNT (sizeof(good_messages) / sizeof(good_messages[0]))

#endif
