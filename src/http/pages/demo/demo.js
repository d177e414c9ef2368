// The demo page: an app that signs in through the service's own public routes and shows what comes of it. It keeps the
// session in this tab (sessionStorage), writes text only as text, and lists every request but never a token.

import { draw, tick, wireAccount } from "./account.js";
import { drawLog } from "./base.js";
import { wireFailures } from "./failures.js";
import { arrive, wireProviders, wireSignInPage } from "./sign_in.js";

drawLog();
wireProviders();
wireSignInPage();
wireFailures();
wireAccount();
await arrive();
await draw();
setInterval(tick, 1000);
