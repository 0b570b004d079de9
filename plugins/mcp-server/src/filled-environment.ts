// Some clients hand a variable on by reference, and where it is not set, the reference itself reaches this process.

/** Without variables whose value is the reference to themselves, such as `${NAME}`. */
export const filledEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== `\${${name}}`));
