// The SIP address that settings give, shown while they are typed. The daemon has the last word.

/** "pbx.example:5070" -> "pbx.example"; an address has no port (RFC 3261 19.1.1). */
export function hostOf(server: string): string {
	const text = server.trim().replace(/^sips?:/i, "");
	const bracket = /^\[[^\]]*\]/.exec(text);
	if (bracket) return bracket[0];
	return text.split(":").length === 2 ? (text.split(":")[0] ?? "") : text;
}

const PLAIN = /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/;

function escaped(extension: string): string {
	return extension.replace(/%[0-9A-Fa-f]{2}|[^]/gu, (part) => {
		if (part.length > 1 && part.startsWith("%")) return part;
		return PLAIN.test(part) ? part : encodeURIComponent(part);
	});
}

export function addressOf(extension: string, server: string): string | null {
	const host = hostOf(server);
	return extension && host ? `sip:${escaped(extension)}@${host}` : null;
}
