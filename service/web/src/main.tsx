import { render } from "preact";
import { App } from "./app";
import { route } from "./route";
import { hurry, viewOf } from "./views";
import "uplot/dist/uPlot.min.css";
import "./style.css";

hurry(viewOf(route(location.hash).view));
render(<App />, document.body);
