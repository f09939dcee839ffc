"""Build the Spring anchor, once per run, and say how it is started. Nothing of it is kept between runs.

It needs a JDK of version 17 or later and Maven; where one of them is missing the comparison goes on without Spring and says so.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.kafka import java as runtime_of_the_wheel

SOURCE = Path(__file__).with_name("anchor-spring")
FORMS = {"spring-collection": "outbox-collection", "spring-document": "outbox-document"}
# 512 MB hold its working set several times over; the collector was chosen by measurement, see anchor-spring/README.md.
JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseParallelGC", "-XX:-UsePerfData", "-Xlog:disable")


class Absent(Exception):
    """Why there is no anchor on this machine: one sentence."""


@dataclass
class Anchor:
    """The built program, and the archives of classes recorded for the ways it is started."""

    java: Path
    version: str
    spring: str
    jar: Path
    archives: dict[str, Path] = field(default_factory=dict)

    def command(self, key: str, *options: str, archived: bool = True) -> list[str]:
        """`key` names an archive of classes, see `record`."""
        jvm = list(JVM)
        if archived and (archive := self.archives.get(key)):
            jvm.append(f"-XX:AOTCache={archive}" if self.major >= 25 else f"-XX:SharedArchiveFile={archive}")
        return [str(self.java), *jvm, "-jar", str(self.jar), *options]

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def record(self, key: str, environment: dict[str, str]) -> None:
        """One training start per form and role: the classes it loads are kept for the next starts."""
        archive = self.jar.parent / f"{key.replace('/', '-')}.classes"
        option = f"-XX:AOTCacheOutput={archive}" if self.major >= 25 else f"-XX:ArchiveClassesAtExit={archive}"
        command = [str(self.java), *JVM, option, "-Dspring.context.exit=onRefresh", "-jar", str(self.jar)]
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=180)
        if not archive.exists():
            raise RuntimeError(f"no archive for {key}: {last_line(done.stdout + done.stderr)}")
        self.archives[key] = archive


def build(directory: Path) -> Anchor:
    """Compile with Maven into `directory` and lay it out as Spring advises for production. Raises: Absent."""
    if not (mvn := shutil.which("mvn")):
        raise Absent("The Spring anchor was left out: there is no Maven (`mvn`) on PATH.")
    shutil.copytree(SOURCE, directory, ignore=shutil.ignore_patterns("target"))
    done = subprocess.run([mvn, "-q", "-B", "-DskipTests", "package"], cwd=directory, capture_output=True, text=True, check=False)
    built = directory / "target" / "anchor.jar"
    if done.returncode or not built.exists():
        raise Absent(f"The Spring anchor was left out: Maven could not build it ({first_error(done.stdout + done.stderr)}).")
    java, version = newest_java()
    out = directory / "run"
    subprocess.run(
        [str(java), "-Djarmode=tools", "-jar", str(built), "extract", "--destination", str(out)], check=True, capture_output=True
    )
    spring = re.search(r"<version>([^<]+)</version>", (directory / "pom.xml").read_text())
    return Anchor(java, version, spring.group(1) if spring else "?", out / "anchor.jar")


def newest_java() -> tuple[Path, str]:
    """The newest Java of the machine that brings its own archive of classes (a full JDK), else the one of the wheel."""
    homes = [Path(h) for h in [os.environ.get("JAVA_HOME", "")] if h] + sorted(Path("/usr/lib/jvm").glob("*"))
    found = [home / "bin" / "java" for home in homes] + ([Path(p)] if (p := shutil.which("java")) else [])
    full = [j.resolve() for j in found if j.exists() and (j.resolve().parents[1] / "lib" / "server" / "classes.jsa").exists()]
    ranked = sorted(((version_of(j), j) for j in set(full)), key=lambda x: int(x[0].split(".")[0]))
    if ranked and int(ranked[-1][0].split(".")[0]) >= 17:
        return ranked[-1][1], ranked[-1][0]
    wheel = runtime_of_the_wheel()
    return wheel, version_of(wheel)


def version_of(java: Path) -> str:
    told = subprocess.run([str(java), "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r"java\.version = (\S+)", told)
    return found.group(1) if found else "0"


def first_error(text: str) -> str:
    lines = [line for line in text.splitlines() if "ERROR" in line] or text.splitlines() or ["no message"]
    return re.sub(r"https?://\S+", "…", lines[0])[:200]


def last_line(text: str) -> str:
    return ([line for line in text.splitlines() if line.strip()] or ["no message"])[-1][:300]
