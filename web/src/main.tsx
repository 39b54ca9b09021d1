import { render } from "preact";
import { App } from "./app";
import { setupToken } from "./pages/setup";
import { takeSetupToken } from "./router";
import { whoAmI } from "./session";

setupToken.value = takeSetupToken();
void whoAmI();

const root = document.getElementById("app");
if (root) render(<App />, root);
