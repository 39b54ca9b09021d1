// Files that a person keeps.

export function saveFile(name: string, type: string, text: string): void {
	const address = URL.createObjectURL(new Blob([text], { type }));
	const link = document.createElement("a");
	link.href = address;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** "2026-11-29" */
export function dayName(): string {
	return new Date().toISOString().slice(0, 10);
}
