// Blanks, the usual reason of a name or password that is right and yet refused: they come along when
// something is copied, and nobody sees them.

const BLANK = /[\s\u200b\u2060\ufeff]/u;

export function blanksIn(text: string): string | null {
	if (text === "") return null;
	const front = BLANK.test(text.charAt(0));
	const end = BLANK.test(text.charAt(text.length - 1));
	if (front && end) return "There are blanks in front and at the end.";
	if (front) return "There is a blank in front.";
	if (end) return "There is a blank at the end.";
	return BLANK.test(text) ? "There is a blank in it." : null;
}

export function showBlanks(text: string): { blank: boolean; text: string }[] {
	return [...text].map((char) => ({ blank: BLANK.test(char), text: char }));
}
