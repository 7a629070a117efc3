"""Signing in and out."""

import logging
import uuid
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required, login_user, logout_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.security import check_password_hash
from wtforms import BooleanField, PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired, Length

from . import errors
from .extensions import db, login_manager
from .models import AuditEntry, User, WebSession, now

log = logging.getLogger(__name__)
blueprint = Blueprint("auth", __name__)


class LoginForm(FlaskForm):
    """E-mail and password."""

    email = StringField("E-mail", validators=[DataRequired(), Length(max=190)])
    password = PasswordField("Password", validators=[DataRequired(), Length(max=200)])
    remember = BooleanField("Keep me signed in")
    submit = SubmitField("Sign in")


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    """The user of this session cookie."""
    user = db.session.get(User, int(user_id))
    if user is None:
        log.warning("session of unknown user=%s", user_id)
    else:
        log.debug("session ok user=%s", user_id)
    return user


@login_manager.unauthorized_handler
def unauthorized() -> ResponseReturnValue:
    """API callers are told, people are sent to the form and come back."""
    if errors.wants_json():
        return errors.answer(401, "unauthorized", "Sign in first.")
    flash("Please sign in first.")
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=back))


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """The form, and the sign-in itself."""
    if current_user.is_authenticated:
        return redirect(url_for("catalogue.home"))
    form = LoginForm()
    if not form.validate_on_submit():
        return render_template("login.html", form=form)
    user = db.session.scalar(select(User).where(User.email == form.email.data.strip().lower()))
    if not _password_ok(user, form.password.data) or not login_user(user, remember=form.remember.data):
        log.warning("sign-in refused for %s", form.email.data)
        flash("E-mail or password is wrong.")
        return render_template("login.html", form=form), 401
    _record_visit(user)
    log.info("user=%s signed in", user.id)
    return redirect(_safe_target(request.args.get("next")))


@blueprint.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    """Forget the session."""
    log.info("user=%s signed out", current_user.id)
    logout_user()
    return redirect(url_for("catalogue.home"))


def _password_ok(user: User | None, password: str) -> bool:
    return (
        user is not None
        and user.password_hash is not None
        and check_password_hash(user.password_hash, password)
    )


def _record_visit(user: User) -> None:
    user.last_login_at = now()
    agent = request.user_agent.string[:250]
    address = request.remote_addr or ""
    db.session.add(WebSession(id=str(uuid.uuid4()), user_id=user.id, address=address, agent=agent))
    db.session.add(AuditEntry(user_id=user.id, action="sign_in", entity="users", entity_id=str(user.id)))
    db.session.commit()


def _safe_target(target: str | None) -> str:
    """Only paths of this site: a foreign address in ?next= would make the form a redirector."""
    parts = urlsplit(target or "")
    usable = target and target.startswith("/") and not parts.netloc and not target.startswith(("//", "/\\"))
    return target if target and usable else url_for("catalogue.home")
