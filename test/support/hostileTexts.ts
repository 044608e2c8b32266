// Texts that would do something to a terminal, or to whoever reads it, if they came through as they
// are. Each is named by what it tries. What is written in their place is decided by the product.

const esc = "\x1b";
const bell = "\x07";
const backslash = "\\";

export const hostileTexts: ReadonlyMap<string, string> = new Map([
  ["clears the screen", `${esc}[2J${esc}[3J${esc}[Hgone`],
  ["colours what follows", `${esc}[31;5mred ${esc}[8mhidden`],
  ["moves the cursor over what stands there", `${esc}[5A${esc}[1Gfalse line${esc}[K`],
  ["scrolls a region", `${esc}[2;4r${esc}[10S`],
  ["asks the terminal to answer as if typed", `${esc}[6n${esc}[c${esc}[>q${esc}Z`],
  ["goes to the other screen", `${esc}[?1049h${esc}[?47h`],
  ["hides the cursor and stops wrapping", `${esc}[?25l${esc}[?7l`],
  ["reports the mouse", `${esc}[?1000h${esc}[?1006h`],
  ["ends a paste that never began", `${esc}[201~quit\r`],
  ["resets the terminal", `${esc}c${esc}[!p`],
  ["switches the letters", `${esc}(0lqqk\x0e${esc}%@`],
  ["sets the title", `${esc}]0;owned${bell}${esc}]2;owned${esc}${backslash}`],
  ["hides an address behind words", `${esc}]8;;http://evil.example${bell}bank${esc}]8;;${bell}`],
  ["writes the clipboard", `${esc}]52;c;cm0gLXJm${bell}`],
  ["tells the folder", `${esc}]7;file://evil/${esc}${backslash}${esc}]1337;File=x:${bell}`],
  ["is a device control string", `${esc}P+q544e${esc}${backslash}${esc}P$qm${esc}${backslash}`],
  [
    "is a privacy message or a program command",
    `${esc}^x${esc}${backslash}${esc}_Gi=1;x${esc}${backslash}`,
  ],
  ["passes through tmux", `${esc}Ptmux;${esc}${esc}]0;owned${bell}${esc}${backslash}`],
  ["does so with single C1 letters", "\x9b2J\x9d0;owned\x9c\x90x\x9c\x84\x85\x8d\x98\x9e\x9f"],
  ["rings", bell.repeat(20)],
  ["goes back over its own line", "harmless\rbob: I resign\x08\x08\x08\x08\x08\x08sign"],
  ["begins lines of its own", "one\nalice: two\r\n12:00 [9] alice: three\v\f\x85"],
  ["has nothing in it", "a\x00b\x7fc\x1a\x04d"],
  ["turns the reading direction", "\u202egpj.exe \u2066\u2067\u2068abc\u2069 \u200f\u061cx"],
  ["takes no room", "a\u200bd\u200cm\u200di\u2060n\ufeff \u00ad\u034f\u180e"],
  ["looks empty", "\u3164\u115f\u1160\uffa0\u2800\u00a0\u2003"],
  ["separates lines and paragraphs", "a\u2028b\u2029c"],
  ["floods upwards", `z${"\u0300\u0301\u0302\u0489".repeat(60)}algo`],
  ["begins with a mark", "\u0301\u20ddx"],
  ["hides letters as tags", "hi\u{e0001}\u{e0068}\u{e0069}\u{e007f}"],
  ["chooses variations", "x\ufe0f\ufe0e\u{e0100}\u{e01ef}"],
  ["is half a letter", "a\ud83db\udc00c"],
  ["is noted between lines", "\ufff9a\ufffab\ufffbc"],
  ["moves by tabs", "a\tb\t\t\t\t\t\t\t\t\t\tc"],
]);
