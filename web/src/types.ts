// The names of the API, as docs/openapi.yaml has them.
import type { components, operations } from "../made/api";

type Schemas = components["schemas"];

export type LineStatus = Schemas["LineStatus"];
export type Line = Schemas["Line"];
export type LineChange = Schemas["LineChange"];
export type Server = Schemas["Server"];
export type ServerChange = Schemas["ServerChange"];
export type Profile = Schemas["Profile"];
export type Studio = Schemas["Studio"];
export type General = Schemas["General"];
export type GeneralChange = Schemas["GeneralChange"];
export type System = Schemas["System"];
export type Cause = Schemas["Cause"];
export type Step = Schemas["Step"];
export type HistoryEvent = Schemas["HistoryEvent"];
export type LogEvent = Schemas["Event"];
export type Check = Schemas["Check"];
export type Login = Schemas["Login"];
export type Session = Schemas["Session"];
export type Token = Schemas["Token"];
export type Role = Schemas["Role"];
export type Fault = Schemas["Fault"];
export type Difference = Schemas["Difference"];

type Success = 200 | 201 | 202;

/** What an operation answers when it did what it was asked for. */
export type Answer<Name extends keyof operations> =
	operations[Name]["responses"] extends infer Responses
		? {
				[Status in keyof Responses & Success]: Responses[Status] extends {
					content: { "application/json": infer Body };
				}
					? Body
					: never;
			}[keyof Responses & Success]
		: never;
