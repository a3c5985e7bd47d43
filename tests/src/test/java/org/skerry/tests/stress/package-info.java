/**
 * What two threads may see of a word that both write: ring indices, bytes of the store's ring, grant entries. Each
 * {@code *Stress} is a set of jcstress tests; an outcome that is not listed as acceptable is a bug.
 * {@link org.skerry.tests.stress.StressTest} runs all of them for some seconds; in every combination of compilers, for
 * an hour or so, with
 * <pre>
 *   mvn -pl tests -am -Dtest=StressTest -Dsurefire.failIfNoSpecifiedTests=false -Dskerry.stress=default verify
 * </pre>
 */
package org.skerry.tests.stress;
